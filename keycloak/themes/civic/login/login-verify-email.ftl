<#import "template.ftl" as layout>
<@layout.registrationLayout; section>
  <#if section = "header">
    ${msg("emailVerifyTitle")}
  <#elseif section = "form">
    <p class="kern-body">${msg("emailVerifyInstruction1", verifyEmail!(user.email))}</p>
    <p class="kern-body">${msg("emailVerifyMore")}</p>
    <p><a class="kern-btn kern-btn--secondary" href="${url.loginAction}"><span class="kern-label">${msg("emailVerifyResend")}</span></a></p>
  </#if>
</@layout.registrationLayout>
